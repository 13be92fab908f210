"""The base of every record that lives somewhere: place, version, act, history."""
