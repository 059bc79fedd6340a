// What typescript-eslint recommends without types, and the rule of eslint-plugin-prisma that needs none.
import prisma from 'eslint-plugin-prisma';
import tseslint from 'typescript-eslint';

export default tseslint.config(tseslint.configs.recommended, { plugins: { prisma }, rules: { 'prisma/no-unsafe': 'error' } });
