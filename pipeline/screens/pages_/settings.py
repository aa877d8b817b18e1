"""Page file: Streamlit runs it under the name __main__."""

from pipeline.screens.settings import settings_screen
from pipeline.screens.shared import workplace

if __name__ == "__main__":
    settings_screen(workplace())
