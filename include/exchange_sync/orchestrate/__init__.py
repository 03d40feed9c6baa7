"""The only package that imports Airflow: catalogue, DAG factory, tasks, watermarks, connection, housekeeping.

Nothing is imported here: Airflow's provider entry point lives below and every component loads it at start.
"""
