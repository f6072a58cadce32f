/** Short names for what second opinions are made of. */
import type { components } from "../api/schema";

type Schemas = components["schemas"];
export type Assignment = Schemas["AssignmentOut"];
export type AssignmentStatus = Assignment["status"];
export type Review = Schemas["ReviewOut"];
export type ReviewIn = Schemas["ReviewIn"];
export type Contact = Schemas["ContactOut"];
export type Member = Schemas["MemberOut"];
export type Agreement = Schemas["AgreementOut"];
export type PairAgreement = Agreement["pairs"][number];
export type Category = NonNullable<Review["category"]>;
export type Opinion = NonNullable<Review["agreement"]>;
