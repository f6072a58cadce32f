/** The frame and its pages: what needs a session is behind it, mails lead to pages that need none. */
import { type ComponentType, lazy, Suspense } from "preact/compat";
import { Redirect, Route, Switch } from "wouter-preact";
import { AcceptInvitationPage } from "./session/AcceptInvitationPage";
import { ChoosePasswordPage } from "./session/ChoosePasswordPage";
import { RegisterPage } from "./session/RegisterPage";
import { SignInPage } from "./session/SignInPage";
import { session, sessionProblem } from "./session/store";
import { VerifyAddressPage } from "./session/VerifyAddressPage";
import { Frame } from "./shell/Frame";
import { NotFoundPage } from "./shell/NotFoundPage";
import { StartProblem } from "./shell/StartProblem";
import { UpdateNotice } from "./shell/UpdateNotice";
import { Loading } from "./ui/Loading";
import { Toasts } from "./ui/toasts";

const CapturePage = lazy(() => import("./capture/CapturePage"));
const RecordsPage = lazy(() => import("./records/RecordsPage"));
const ComparePage = lazy(() => import("./records/ComparePage"));
const AnalysisPage = lazy(() => import("./analysis/AnalysisPage"));
const ReviewsPage = lazy(() => import("./reviews/ReviewsPage"));
const ReviewPage = lazy(() => import("./reviews/ReviewPage"));
const OwnReviewPage = lazy(() => import("./reviews/OwnReviewPage"));
const AgreementPage = lazy(() => import("./reviews/AgreementPage"));
const ContactsPage = lazy(() => import("./reviews/ContactsPage"));
const LearningPage = lazy(() => import("./learning/LearningPage"));
const MarkingPage = lazy(() => import("./learning/MarkingPage"));
const AnnotationPage = lazy(() => import("./learning/AnnotationPage"));
const AdministrationPage = lazy(() => import("./administration/AdministrationPage"));
const AccountPage = lazy(() => import("./administration/AccountPage"));

/** Paths are the gateway's too: `gateway/views/web.py` answers each with this page. */
const PAGES: [string, ComponentType][] = [
  ["/", CapturePage],
  ["/records", RecordsPage],
  ["/records/:id", AnalysisPage],
  ["/compare", ComparePage],
  ["/reviews", ReviewsPage],
  ["/reviews/:id", ReviewPage],
  ["/reviews/own/:analysisId", OwnReviewPage],
  ["/agreement", AgreementPage],
  ["/contacts", ContactsPage],
  ["/learn", LearningPage],
  ["/learn/:id", MarkingPage],
  ["/annotations/:id", AnnotationPage],
  ["/administration/:part?", AdministrationPage],
  ["/account", AccountPage],
];

export function App() {
  return (
    <>
      <Switch>
        <Route path="/register" component={RegisterPage} />
        <Route path="/choose-password" component={ChoosePasswordPage} />
        <Route path="/verify-address" component={VerifyAddressPage} />
        <Route path="/accept-invitation" component={AcceptInvitationPage} />
        <Route>
          <Inside />
        </Route>
      </Switch>
      <UpdateNotice />
      <Toasts />
    </>
  );
}

function Inside() {
  if (session.value === undefined) {
    return sessionProblem.value ? <StartProblem problem={sessionProblem.value} /> : <Loading whole />;
  }
  if (session.value === null) return <SignInPage />;
  return (
    <Frame>
      <Suspense fallback={<Loading />}>
        <Switch>
          {PAGES.map(([path, page]) => (
            <Route key={path} path={path} component={page as never} />
          ))}
          <Route path="/sign-in">
            <Redirect to="/" replace />
          </Route>
          <Route component={NotFoundPage} />
        </Switch>
      </Suspense>
    </Frame>
  );
}
