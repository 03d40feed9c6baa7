"""The page inside Airflow: HTML made here, one file a page, each with its template in templates/."""
