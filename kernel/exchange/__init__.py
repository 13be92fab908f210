"""Workbooks in and out: staged imports with every error of every row, previews, undo, round-trip exports."""
