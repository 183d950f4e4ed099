// Deliberately wrong: a folder that is no layer.
