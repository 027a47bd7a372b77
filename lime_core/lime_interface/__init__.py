"""`lime`'s own words and numbers, so that a notebook moves over by changing an import."""
