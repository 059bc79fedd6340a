export type MessageRole = 'USER' | 'ASSISTANT' | 'SYSTEM';
export type AgentType = 'GENERAL' | 'LANGUAGE_ASSISTANT';
export type ResponseLength = 'SHORT' | 'STANDARD' | 'LONG';
export type ApiProvider = 'OPENAI' | 'ANTHROPIC';
export type SessionStatus = 'active' | 'archived';
export type UserRole = 'USER' | 'ADMIN';

export interface Page<T> {
  items: T[];
  nextCursor: number | null;
}

export interface AgentView {
  id: number;
  name: string;
  description: string | null;
  agentType: AgentType;
  responseLength: ResponseLength;
  language: string | null;
}

export interface SessionView {
  id: number;
  agentId: number;
  sessionName: string;
  status: SessionStatus;
  lastMessageAt: string;
}

export interface MessageView {
  id: number;
  role: MessageRole;
  content: string;
  createdAt: string;
}

export interface SavedWordView {
  id: number;
  originalWord: string;
  translation: string;
  pinyin: string | null;
}

export interface CredentialView {
  provider: ApiProvider;
  lastFour: string;
  lastUsedAt: string | null;
}

export interface AiRequestLogView {
  id: number;
  kind: 'CHAT' | 'MEMORY' | 'TRANSLATION';
  model: string;
  promptTokens: number;
  completionTokens: number;
  estimatedPrice: number; // error: consistency/dto-type-mismatch
  createdAt: string;
}

export interface AdminUserView {
  id: string;
  email: string | null;
  displayName: string | null;
  roles: UserRole[];
  lastSeenAt: string | null; // error: consistency/response-mismatch
}

export interface UsageByModel {
  model: string;
  requests: number;
  tokens: number;
}
