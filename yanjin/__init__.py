"""Composition root: settings, urls, celery, wiring lists, the role table, the demo.

Imports every app and is imported by none of them.
"""
