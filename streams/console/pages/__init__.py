"""The pages: each takes a request, asks the index, and fills a template."""
