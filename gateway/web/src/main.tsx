/** Starts the client: who is signed in is asked at once, the pages follow. */
import { render } from "preact";
import { App } from "./app";
import { followConnection } from "./connection";
import { loadSession } from "./session/store";
import { applyTheme } from "./theme";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/shell.css";
import "./styles/capture.css";

applyTheme();
followConnection();
void loadSession();
const place = document.getElementById("app");
if (place) render(<App />, place);
