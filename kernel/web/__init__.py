"""The shell around every page: layout, navigation, charts, number formats, paging and the page decorator.

It answers "how does a page look and who may open it". It refuses to know any labourer, post or subsidy: upper
floors hand it labels, numbers and links.
"""
