"""How fast the model drafts here, beside the other ways to run the same weights: `python -m model_export bench`."""
