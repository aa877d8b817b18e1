"""The smallest page with something to click on."""

import streamlit as st

st.title("Minimal")
st.button("Click")
