"""Page file: Streamlit runs it under the name __main__."""

from pipeline.screens.shared import workplace
from pipeline.screens.write import write_screen

if __name__ == "__main__":
    write_screen(workplace())
