"""Page file: Streamlit runs it under the name __main__."""

from pipeline.screens.review import review_screen
from pipeline.screens.shared import workplace

if __name__ == "__main__":
    review_screen(workplace())
