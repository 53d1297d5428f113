UV_PYTHON ?= /usr/bin/python3
