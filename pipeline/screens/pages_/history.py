"""Page file: Streamlit runs it under the name __main__."""

from pipeline.screens.history import history_screen
from pipeline.screens.shared import workplace

if __name__ == "__main__":
    history_screen(workplace())
