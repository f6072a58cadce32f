/** Where one learns: what was given to practise on, other fields, and how one has done so far. */
import { useState } from "preact/hooks";
import { may } from "../session/store";
import { strings } from "../strings";
import { Page } from "../ui/Page";
import { AssignedFields } from "./AssignedFields";
import { OwnFields } from "./OwnFields";
import { Results } from "./Results";
import { WhoseResults } from "./WhoseResults";
import "./learning.css";

const words = strings.learning;

export default function LearningPage() {
  const [author, setAuthor] = useState("");
  return (
    <Page title={words.title} lead={words.lead}>
      <section class="stack" aria-labelledby="practise">
        <h2 id="practise">{words.practise}</h2>
        <AssignedFields />
        <OwnFields />
      </section>
      <section class="stack" aria-labelledby="results">
        <div class="spread">
          <h2 id="results">{words.results}</h2>
          {may("organisation:read") && <WhoseResults author={author} onChoose={setAuthor} />}
        </div>
        <Results author={author} />
      </section>
    </Page>
  );
}
