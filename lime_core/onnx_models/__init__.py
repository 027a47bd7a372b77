"""ONNX files as classifiers: read without trusting them, masked inside of their own graph, and run."""
