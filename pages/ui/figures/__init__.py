"""Results as pictures, charts, tables and sentences; nothing of Streamlit."""
