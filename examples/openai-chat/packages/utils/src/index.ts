export * from './chunk';
export * from './language';
export * from './limits';
