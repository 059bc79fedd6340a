-- error-next-line: vector/index-unusable-dimension
CREATE INDEX "pages_embedding_idx" ON "pages" USING hnsw ("embedding" vector_cosine_ops);
