"""What leaves for production: ONNX programs, and files of weights alone."""
