"""Fills the web's ports with Airflow: who is signed in, its connections, its DAGs (design decision 15)."""
