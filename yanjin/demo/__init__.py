"""The whole system in one foreground command, for a first look: ``python -m yanjin.demo``.

It refuses to be production: one machine, loopback only, made-up secrets kept beside the data.
"""
