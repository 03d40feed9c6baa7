"""Airflow's pause switches, late integrations, quarantine, messages; all else lies in exchange_sync.orchestrate."""

from exchange_sync.orchestrate.maintenance import maintenance_dag

dag = maintenance_dag()
