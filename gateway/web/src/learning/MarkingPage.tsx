/** A field without its result: one marks every nucleus, then has the marks scored. */
import { useParams } from "wouter-preact";
import { readRecord } from "../records/reading";
import { strings } from "../strings";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { useLoaded } from "../ui/useLoaded";
import { MarkingDesk } from "./MarkingDesk";
import "./learning.css";

const words = strings.learning;

export default function MarkingPage() {
  const { id } = useParams<{ id: string }>();
  const { data, error, reload } = useLoaded(() => readRecord(id, false), [id]);
  if (data && data.status === "succeeded") return <MarkingDesk key={id} field={data} />;
  return (
    <Page title={words.markTitle}>
      {error !== null && <Failure error={error} again={reload} />}
      {data && <Failure error={new Error(words.notScored)} again={reload} />}
      {!data && error === null && <Loading />}
    </Page>
  );
}
