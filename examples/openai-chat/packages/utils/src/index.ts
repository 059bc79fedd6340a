export * from './chunk';
export * from './language';
export * from './limits';
export * from './response-length';
