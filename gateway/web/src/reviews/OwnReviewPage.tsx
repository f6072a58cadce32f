export default function OwnReviewPage() {
  return null;
}
