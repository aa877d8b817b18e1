"""Page file: Streamlit runs it under the name __main__."""

from pipeline.screens.publish import publish_screen
from pipeline.screens.shared import workplace

if __name__ == "__main__":
    publish_screen(workplace())
