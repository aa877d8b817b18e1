"""Page file: Streamlit runs it under the name __main__."""

from pipeline.screens.shared import workplace
from pipeline.screens.today import today_screen

if __name__ == "__main__":
    today_screen(workplace())
