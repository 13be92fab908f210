"""Code lists: dated keys, labels in both languages, and the labels that other systems use for them."""
