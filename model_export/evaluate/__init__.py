"""How good the drafts are: `python -m model_export evaluate`.

The bundled model, the written phrases and a general model of ten times the size write for products, messages and
baskets that were never trained on; the same pure functions measure all of them.
"""
