"""What goes out and what comes in, field by field, one module per noun: the source of the OpenAPI document."""
