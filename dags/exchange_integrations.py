"""One live Airflow DAG per Exchange integration (design decision 1); all else lies in exchange_sync.orchestrate."""

from exchange_sync.orchestrate.catalogue import wanted_entries
from exchange_sync.orchestrate.factory import live_dag

for entry in wanted_entries():
    dag = live_dag(entry)
    globals()[dag.dag_id] = dag
