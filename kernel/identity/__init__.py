"""What a cell may say: identity numbers, phones, credit codes, names, dates, money; one parser for each.

Pure functions over single values. Refuses to know any model, any workbook and any county.
"""
