"""The registry's pages: roster, person, employers."""
