"""Settings, URLs and the WSGI entry; read by nobody else."""
