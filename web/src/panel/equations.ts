// The typesetter with its style sheet, in a file of its own: it is loaded for the first equation.

import katex from "katex";
import "katex/dist/katex.min.css";

export { katex };
