"""The closed vocabulary of schemes: what can be measured of a person or an employer in a year."""
