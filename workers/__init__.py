"""The steps of the pipeline, and the Celery workers that run them. Only app, task and tasks know Celery."""
