"""What others say of a project and its credits: standards and labels, Article 6, and serials elsewhere (ADR 0120)."""
