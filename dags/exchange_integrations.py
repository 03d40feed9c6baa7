"""A live and a backfill Airflow DAG per Exchange integration (design decisions 1 and 4); see exchange_sync."""

from exchange_sync.orchestrate.backfill import backfill_dag
from exchange_sync.orchestrate.catalogue import wanted_entries
from exchange_sync.orchestrate.factory import live_dag
from exchange_sync.orchestrate.pools import known_pools

pools = known_pools()
for entry in wanted_entries():
    for dag in (live_dag(entry, pools), backfill_dag(entry, pools)):
        globals()[dag.dag_id] = dag
