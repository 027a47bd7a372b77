"""Findings: what a study says, what of it holds for other photos and models, and what people prefer."""
