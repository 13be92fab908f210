"""How identity numbers, phones and cards rest: ciphertext, a keyed look-up hash, and the one mask everybody sees.

Refuses to know who may unmask and why; that is a permission, a purpose and an audit row higher up.
"""
