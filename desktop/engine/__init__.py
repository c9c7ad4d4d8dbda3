"""Text in, text out, on onnxruntime. Knows nothing of shops."""
