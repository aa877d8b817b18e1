"""Page file: Streamlit runs it under the name __main__."""

from handover.screens.handover import handover_screen
from handover.screens.place import place

if __name__ == "__main__":
    handover_screen(place())
