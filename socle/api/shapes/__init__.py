"""Schemas of requests and responses, field by field, one module per noun: the source of the OpenAPI document."""
