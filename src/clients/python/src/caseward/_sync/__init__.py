# Made from `_async/__init__.py` by `tools/generate.py`: change it there.
